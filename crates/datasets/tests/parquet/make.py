"""Writes the Parquet files of these tests, and beside each the same table as CSV.

Made with pyarrow 26.0.1; run in this folder.
"""

import csv

import pyarrow as pa
import pyarrow.parquet as pq

N = 24
table = {
    "small": pa.array([(7 * i) % 11 - 5 for i in range(N)], pa.int8()),
    "count": pa.array([2**31 + i for i in range(N)], pa.uint32()),
    "long": pa.array([(-1) ** i * 10**12 * i for i in range(N)], pa.int64()),
    "single": pa.array([i / 8 for i in range(N)], pa.float32()),
    "double": pa.array([(i + 1) / 3 * 10.0 ** (40 * (i % 3 - 1)) for i in range(N)], pa.float64()),
    "flag": pa.array([i % 3 == 0 for i in range(N)], pa.bool_()),
    "plant": pa.array(["reed", "moss", "fern"] * (N // 3)),
}
gaps = {
    "a": pa.array([None if i == 3 else i / 7 for i in range(N)], pa.float64()),
    "b": pa.array([None if i == 8 else i for i in range(N)], pa.int32()),
    "plant": pa.array([None if i == 5 else ["x", "y"][i % 2] for i in range(N)]),
}
strange = {
    "id": pa.array([f"p{i}" for i in range(N)]),
    "day": pa.array(range(N), pa.date32()),
    "at": pa.array(range(N), pa.timestamp("ns")),
    "both": pa.array([[i, i] for i in range(N)], pa.list_(pa.int64())),
    "parts": pa.array([{"u": i} for i in range(N)]),
    "x": pa.array([float(i) for i in range(N)]),
    "y": pa.array([float(i * i) for i in range(N)]),
    "class": pa.array([i % 2 for i in range(N)], pa.int64()),
}


def save(name, columns, **options):
    pq.write_table(pa.table(columns), f"{name}.parquet", **options)


def save_csv(name, columns):
    with open(f"{name}.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        lists = [column.to_pylist() for column in columns.values()]
        text = lambda x: "" if x is None else str(int(x)) if isinstance(x, bool) else str(x)
        writer.writerows([[text(x) for x in row] for row in zip(*lists)])


coded = {**table, "plant": table["plant"].dictionary_encode()}
save("plain", table, compression="none", use_dictionary=False)
save("coded", coded, compression="snappy", row_group_size=10)
save("gzip", table, compression="gzip", data_page_version="2.0")
save("zstd", table, compression="zstd")
save("gaps", gaps)
save("strange", strange)
save_csv("table", table)
save_csv("gaps", gaps)
