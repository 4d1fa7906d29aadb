#!mm 1
machine x86_64 { ram = 64M; kernel = "6.12" }

# The largest object there is
most = kmalloc(4M, GFP_KERNEL)
expect ksize(most) == 4M
more = kmalloc(4M + 1, GFP_KERNEL)
expect more == NULL
mark "4 MiB"

# Nothing at all
nothing = kmalloc(0, GFP_KERNEL)
expect nothing != NULL
expect ksize(nothing) == 0
kfree(nothing)
