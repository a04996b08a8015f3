"""Clusters of points by k-means."""

from npjit._demo.programs import kmeans as program
from npjit._demo.programs import make_clusters as arguments

__all__ = ["SIZES", "arguments", "program"]

SIZES = {"S": 1000, "M": 20_000, "L": 200_000}
