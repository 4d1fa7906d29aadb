#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

first = 0x1000

# Four frames in a row
block = alloc_pages(GFP_KERNEL, 2)
expect pfn(block) == first
