"""Charts as inline SVG: the trend of the error rate, and intervals of differences."""
