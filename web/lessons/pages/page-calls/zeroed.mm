#!mm 1
machine x86_64 { ram = 1G; kernel = "6.12" }

# A frame with a password in it is freed ...
secret = __get_free_page(GFP_KERNEL)
free_page(secret)

# ... and the next one to ask gets it.
zeroed = get_zeroed_page(GFP_KERNEL)
expect zeroed == secret
