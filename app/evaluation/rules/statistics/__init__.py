"""What answers before and after say about change: counts, intervals, effect sizes and exact tests, each with its source."""
