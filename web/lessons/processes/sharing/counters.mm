#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  # 64 records of a page each. A record begins with the
  # counter of its readers.
  records = mmap(256K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  touch(records, 256K)
  worker = fork()
}

# The worker reads each record and counts that.
as worker {
  for n in 0..64 {
    write(records + n * 4K)
    seen[] = read(records + n * 4K + 8)
  }
}
