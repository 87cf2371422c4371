"""What a trial measures: indicators with their uncertainty, over runs, and what they decide. Pure."""
