// The rows of play/slab_view.h for a machine with the classic SLAB.
#pragma once

#include "play/slab_view.h"

namespace mmscope {

std::vector<u32> classic_caches_newest_first(const Heap& heap);
std::vector<CacheView> classic_cache_views(const Machine& machine);
std::vector<QueueView> classic_queue_views(const Machine& machine, CacheId cache);
std::vector<SlabView> classic_slab_views(const Machine& machine, CacheId cache);  // partial, full, free
std::vector<ObjectView> classic_object_views(const Machine& machine, u32 slab);
std::optional<SlabOfFrame> classic_slab_of(const Machine& machine, Pfn pfn);

}  // namespace mmscope
