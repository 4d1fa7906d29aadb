#!mm 1
machine x86_32 { ram = 1G; kernel = "6.1" }

# On 32 bits the kernel maps only the first
# 876 MiB for good. What lies above is zone
# HighMem.
repeat 24 { programs[] = alloc_pages(GFP_HIGHUSER, 9) }
expect zone(programs[0]) == HighMem
mark "programs live in HighMem"

# The kernel cannot use it: its own data must
# always have an address.
mine = alloc_pages(GFP_KERNEL, 9)
expect zone(mine) == Normal

block = alloc_pages(GFP_KERNEL, 10)
while block != NULL {
  lowmem[] = block
  block = alloc_pages(GFP_KERNEL, 10)
}
mark "lowmem is used up"

# Out of memory, with HighMem half empty.
expect free_pages_in(HighMem) > watermark(HighMem, high)
expect alloc_pages(GFP_KERNEL, 10) == NULL
expect alloc_pages(GFP_HIGHUSER, 9) != NULL
mark "HighMem still serves programs"
