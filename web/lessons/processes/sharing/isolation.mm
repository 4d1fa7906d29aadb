#!mm 1
machine x86_64 { ram = 64M; cpus = 2; kernel = "6.12" }
a = fork(init)
b = fork(init)

# Both get the same address, because both address
# spaces look the same so far.
as a { x = mmap(4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS) }
as b { y = mmap(4K, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS) }
expect x == y
mark "one address"

# Each writes there, and each reaches a frame of its own.
as a { mine = write(x) }
as b { yours = write(y) }
expect mine != yours
expect follow_page(x, a) == mine
expect follow_page(x, b) == yours
mark "two frames"
