#!mm 1
# 32 bits: two levels, 1,024 entries of 4 bytes in each
machine x86_32 { ram = 64M; cpus = 1; kernel = "6.12" }
sh = fork(init)

as sh {
  before = vmstat("nr_page_table_pages")
  at = 0x12345000
  mmap(64K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, NULL, 0, at)

  # Two indices, of 10 bits each
  pd = at >> 22 & 1023
  pt = at >> 12 & 1023

  frame = write(at)
  mark "two levels"
}
expect pd == 72 && pt == 837
expect vmstat("nr_page_table_pages") - before == 1
expect follow_page(at, sh) == frame
