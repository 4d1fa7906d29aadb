#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# One frame, and what its struct page says
page = alloc_page(GFP_KERNEL)
expect pfn(page) == 0x1000
expect refcount(page) == 1
expect mapcount(page) == 0

# The same frame, found by its number
expect pfn_to_page(0x1000) == page
mark "one frame"
