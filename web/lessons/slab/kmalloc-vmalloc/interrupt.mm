#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# Taken where one may sleep
v = vmalloc(16K)

# Given back where one must not: a worker does it.
in irq { vfree(v) }
expect events("vfree_deferred") == 1
mark "later"

# Within an interrupt handler only kmalloc helps.
in irq { k = kvmalloc(4K, GFP_ATOMIC) }
expect vmalloc_to_page(k) == NULL
in irq { kvfree(k) }
