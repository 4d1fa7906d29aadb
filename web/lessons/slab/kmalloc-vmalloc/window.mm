#!mm 1
machine x86_32 { ram = 1G; kernel = "6.1" }

# The window has 120 MiB, and that is all.
a = vmalloc(100M)
expect a != NULL
b = vmalloc(30M)
expect b == NULL
expect free_pages_in(Normal) > 100000   "memory there is"
mark "no address left"
