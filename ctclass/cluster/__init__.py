"""The same over many partitions and machines, with Dask."""
