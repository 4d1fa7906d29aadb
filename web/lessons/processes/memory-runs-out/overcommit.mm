#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)
granted = 0
mark "asked"

# 38 MiB are there. A process asks for 30 MiB, ten times
# over, and touches none of it.
as sh {
  repeat 10 {
    area = mmap(30M)
    if area != NULL { granted = granted + 1 }
  }
}
