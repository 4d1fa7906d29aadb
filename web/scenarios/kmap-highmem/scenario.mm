#!mm 1
machine x86_32 { ram = 1G; kernel = "6.1" }

# A frame of HighMem lies outside the direct map: it
# has no address for the kernel.
page = alloc_page(GFP_HIGHUSER)
expect zone(page) == HighMem
expect page_address(page) == NULL
mark "a frame without an address"

# kmap gives it one of 1,024 slots.
addr = kmap(page)
expect page_address(page) == addr
expect vmalloc_to_page(addr) == page

# Who asks again gets the same slot.
expect kmap(page) == addr
mark "mapped, by two users"

# kunmap only counts. The mapping stays, and a kmap
# that comes soon finds it again.
kunmap(page)
kunmap(page)
expect page_address(page) == addr
mark "used by nobody, still mapped"

# Slots are taken in turn. When the search is back at
# the first one, all that nobody uses are unmapped,
# with one flush of the TLBs.
repeat 1023 { pages[] = alloc_page(GFP_HIGHUSER) }
for one in pages {
  kmap(one)
  kunmap(one)
}
expect events("flush_all_zero_pkmaps") == 1
expect page_address(page) == NULL
mark "once round"

# A frame of low memory has its address for ever, and
# kmap says just that.
low = alloc_page(GFP_KERNEL)
expect kmap(low) == page_address(low)
kunmap(low)
mark "low memory"
