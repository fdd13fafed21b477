"""Pure mathematics of the model: arrays in, arrays out, one file a subject. Nothing here knows a fan table or a day."""
