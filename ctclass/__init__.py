"""ctclass maps Japanese research projects onto the 16 重要技術領域."""

__version__ = "0.1.0"
