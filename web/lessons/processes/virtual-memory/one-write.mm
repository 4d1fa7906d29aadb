#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
sh = fork(init)

as sh {
  buf = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS)
  mark "before the write"

  # The first write: a long way
  frame = write(buf)
  expect follow_page(buf) == frame
  mark "the first write"

  # The second write: a short one
  misses = tlb_misses(0)
  expect write(buf) == frame
  expect tlb_misses(0) == misses
  mark "the second write"
}
