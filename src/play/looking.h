// The calls of the language that look at the machine: nr_free, watermark, flags and their like.
#pragma once

#include "play/evaluation.h"
#include "play/vocabulary.h"

namespace mmscope {

// Replaces the `count` arguments on the stack by the answer. False: `error` says which argument is wrong.
bool look(const Scene& scene, Looking looking, u32 count, std::vector<Value>* stack, Message* error);

u64 list_length(const ScriptState& state, const Value& list);

// Reports that argument `index` (from 0) of a call should have been of another kind.
bool fail_argument(const Scene& scene, const CallWord& word, u32 index, ValueKind wanted, const Value& value,
                   Message* error);

// What flags(page) answers about a frame.
FrameFlag frame_flag(const FrameTable& frames, Pfn pfn);
// page_mapcount(): entries of processes' page tables; the script's own process maps its anonymous memory once and only
// reads files. page_count() of a page on an LRU list counts these and the page cache.
u32 mapcount(const PageAllocator& memory, Pfn pfn);
u32 refcount(const PageAllocator& memory, Pfn pfn);

}  // namespace mmscope
