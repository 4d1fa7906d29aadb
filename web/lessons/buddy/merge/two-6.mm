#!mm 1
machine x86_32 { ram = 1G; kernel = "2.6" }

# The list of the CPU had frames only, no
# blocks, and a batch of 31.
before = free_pages_in(Normal)
page = alloc_page(GFP_KERNEL)
expect before - free_pages_in(Normal) == 31
pair = alloc_pages(GFP_KERNEL, 1)
expect before - free_pages_in(Normal) == 33
mark "2.6"
