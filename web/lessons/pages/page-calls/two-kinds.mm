#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# A pointer to a struct page ...
page = alloc_pages(GFP_KERNEL, 4)

# ... and the address of its first byte
addr = page_address(page)

# The second family gives the address at once.
other = __get_free_pages(GFP_KERNEL, 4)
expect other == page_address(pfn_to_page(pfn(page) + 16))
mark "two kinds"

# Each is freed by its own call.
__free_pages(page, 4)
free_pages(other, 4)
