#!mm 1
machine x86_32_pae { ram = 8G; kernel = "2.6" }

# 8 GiB on 32 bits: all above 896 MiB is
# HighMem, and mem_map alone, 40 bytes for each
# of 2 M frames, takes 80 MiB of lowmem.
user = alloc_pages(GFP_HIGHUSER, 4)
expect zone(user) == HighMem
expect free_pages_in(HighMem) > free_pages_in(Normal) * 8
mark "nearly all is HighMem"
