#!mm 1
machine x86_32 { ram = 1G; kernel = "6.1" }

# A frame of HighMem has a struct page, and no
# address until somebody maps it.
page = alloc_page(GFP_HIGHUSER)
expect zone(page) == HighMem
expect page_address(page) == NULL

# So a call that returns an address drops
# __GFP_HIGHMEM and takes lowmem.
addr = __get_free_page(GFP_HIGHUSER)
expect addr != NULL
mark "no address"
