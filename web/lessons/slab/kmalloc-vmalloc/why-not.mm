#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# 64 KiB by kmalloc: one block, no page table
k = kmalloc(64K, GFP_KERNEL)
expect events("vmap_pages_range") == 0
mark "kmalloc"

# 64 KiB by vmalloc: a hole among the addresses, 16
# frames, two page tables, 16 entries
v = vmalloc(64K)
expect events("alloc_vmap_area") == 1
expect events("vmap_pte_alloc") == 2
expect events("vmap_pages_range") == 1
mark "vmalloc"

# One call frees the block, the other has to unmap.
kfree(k)
vfree(v)
expect events("free_vmap_area_noflush") == 1
