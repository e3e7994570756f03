"""What shows whether training changed practice: examples, indicators of the agencies, and evidence promised for later."""
