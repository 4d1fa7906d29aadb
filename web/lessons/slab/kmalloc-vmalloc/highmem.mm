#!mm 1
machine x86_32 { ram = 1G; kernel = "6.1" }

# kmalloc needs frames that have an address already.
k = kmalloc(16K, GFP_KERNEL)
expect zone(virt_to_page(k)) == Normal

# vmalloc gives them one: HighMem comes first.
v = vmalloc(16K)
expect zone(vmalloc_to_page(v)) == HighMem
expect page_address(vmalloc_to_page(v)) == NULL
