#!mm 1
machine x86_64 { ram = 256M; cpus = 1; kernel = "6.12" }
libc = open(256)
touch(libc)
sh = fork(init)
as sh {
  code = mmap(1M, PROT_READ|PROT_EXEC, MAP_PRIVATE, libc)
  heap = mmap(8M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  mark "asked"

  # All of the library is read, a quarter of the heap used.
  touch(code, 1M)
  touch(heap, 2M)
}
