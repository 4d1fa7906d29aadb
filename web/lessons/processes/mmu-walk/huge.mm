#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sysctl transparent_hugepage = "always"
sh = fork(init)

as sh {
  # 4 MiB, from a multiple of 2 MiB on
  at = 0x123456600000
  mmap(4M, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, NULL, 0, at)

  # One write brings 2 MiB, and its entry stands in the PD.
  write(at)
  mark "a leaf in the PD"

  # So near the end of the page it is still one entry.
  misses = tlb_misses(0)
  write(at + 2M - 4K)
  expect tlb_misses(0) == misses
  mark "one entry of the TLB"
}
