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
// page_mapcount(): a page of anonymous memory is mapped by the script's process, once; files are only read.
u32 mapcount(const FrameTable& frames, Pfn pfn);

}  // namespace mmscope
