#!mm 1
# 32 bits with PAE: entries of 8 bytes, so 512 in a table
machine x86_32_pae { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)

as sh {
  before = vmstat("nr_page_table_pages")
  at = 0x12345000
  mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, at)

  # 2 bits, 9 bits, 9 bits
  pdpt = at >> 30 & 3
  pd = at >> 21 & 511
  pt = at >> 12 & 511

  frame = write(at)
  mark "three levels"
}
expect pdpt == 0 && pd == 145 && pt == 325
expect follow_page(at, sh) == frame
