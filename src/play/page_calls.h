// The page calls of a script as commands, and what they return to the script.
//
// The kernel's argument order and its small differences: __get_free_pages() drops __GFP_HIGHMEM because it
// returns an address, get_zeroed_page() adds __GFP_ZERO, free_pages(NULL, order) does nothing while
// __free_pages(NULL, order) would oops. A handle whose block was freed is refused, whoever has the frame now.
#pragma once

#include "play/evaluation.h"

namespace mmscope {

// True for a free of NULL that the kernel ignores: no command.
bool is_idle_call(PageCall call, const Value* arguments);
// The command that a page call is; `count` arguments, as many as the call may take.
Result<Command, Message> page_command(const Scene& scene, PageCall call, const Value* arguments, u32 count);
// sysctl name = value.
Result<Command, Message> sysctl_command(const Scene& scene, u32 name, const Value& value);
// What the call returns: a page, an address, NULL, or NULL for the calls that return nothing.
Value page_call_value(const Machine& machine, PageCall call, const CommandResult& result, u32 command);

// Why a request or a free is misuse whatever the handle says; empty if it is not.
Message alloc_fault(Gfp gfp, Order order, const Profile& profile);
Message free_fault(const PageAllocator& memory, Pfn pfn, Order order);

}  // namespace mmscope
