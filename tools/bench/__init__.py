"""What the commands tools/bench_* share: real programs started and measured, and a table of promises."""
