"""Reports: a comparison as one page that opens anywhere, and its charts as files."""
