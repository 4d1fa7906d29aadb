#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# The kernel goes down to min.
block = alloc_pages(GFP_KERNEL, 4)
while block != NULL {
  taken[] = block
  block = alloc_pages(GFP_KERNEL, 4)
}
mark "asked"

# An interrupt goes on from there.
in irq {
  block = alloc_pages(GFP_ATOMIC, 4)
  while block != NULL {
    urgent[] = block
    block = alloc_pages(GFP_ATOMIC, 4)
  }
}
