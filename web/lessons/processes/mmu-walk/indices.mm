#!mm 1
machine x86_64 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)

as sh {
  # A place of our own choice
  at = 0x123456789000
  buf = mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, at)

  # The four indices: 9 bits each, from the top
  pml4 = at >> 39 & 511
  pdpt = at >> 30 & 511
  pd = at >> 21 & 511
  pt = at >> 12 & 511

  # The first write makes what is missing, and walks.
  frame = write(buf)
  mark "four levels"
}

# What the kernel finds when it walks the same tables
expect follow_page(buf, sh) == frame
expect pml4 == 36 && pdpt == 209 && pd == 179 && pt == 393
