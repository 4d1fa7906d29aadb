#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# Four frames that are freed as one block
block = alloc_pages(GFP_KERNEL, 2)
second = pfn_to_page(pfn(block) + 1)
