// The calls that give the kernel addresses of its own choice: vmalloc and its kin, kvmalloc, kmap.
//
// vmalloc(size) and vzalloc(size) return an address of the vmalloc area, which vfree() takes back; kvmalloc(size, gfp)
// tries kmalloc first, so that kvfree() takes either. kmap(page) returns an address for a frame of HighMem, and for any
// other the one that it has. Of these addresses vmalloc_to_page() tells the frame; virt_to_page() is for the direct map
// alone. Sizes are the kernel's size_t.
#pragma once

#include "play/command.h"
#include "play/evaluation.h"

namespace mmscope {

constexpr bool is_vmalloc_call(PageCall call) { return call >= PageCall::vmalloc && call <= PageCall::kunmap; }

// vfree(NULL), kvfree(NULL).
bool is_idle_vmalloc_call(PageCall call, const Value* arguments);
// The command of a call on these arguments, or why there is none.
MMSCOPE_LATER Result<Command, Message> vmalloc_command(const Scene& scene, PageCall call, const Value* arguments);
// What the call returns once its command was applied.
MMSCOPE_LATER Value vmalloc_call_value(const Machine& machine, PageCall call, const CommandResult& result, u32 command);

// The frame behind an address of the vmalloc area or of kmap's slots; kNoPfn: nothing is mapped there.
Pfn vmalloc_to_page(const Machine& machine, u64 address);
// page_address(): also of a frame that kmap() gave an address. 0: it has none.
u64 page_address(const Machine& machine, Pfn pfn);

}  // namespace mmscope
