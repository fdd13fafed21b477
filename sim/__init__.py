"""simrun: simulate an audience of fans under contact strategies and compare revenue against churn."""

__version__ = "0.1.0"
