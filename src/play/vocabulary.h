// The words of the script language, as tables: which calls there are, what they take, which come later.
//
// A word that belongs to the language but whose room of the kernel is not built yet is known too: whoever
// writes it is told so, and never that it is unknown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "mm/page.h"
#include "play/command.h"

namespace mmscope {

// Calls that look at the machine and change nothing.
enum class Looking : u8 {
    nr_free, free_pages_in, watermark, fragmentation_index, unusable_index, zone, pfn, order_of, refcount, mapcount,
    flags, page_address, pfn_to_page, len, vmstat, events, virt_to_page, ksize, cache, slabs, active_objs, num_objs,
    used_objs, rss, tlb_hits, tlb_misses, follow_page, vmalloc_to_page, oom_score, oom_victim, hugepages,
    freeptr
};

struct CallWord {
    enum class Kind : u8 { page_call, looking, random };
    std::string_view name;
    std::string_view signature;  // "alloc_pages(gfp, order)"
    Kind kind;
    u8 id;  // PageCall or Looking
    u8 least;
    u8 most;  // arguments
};

const CallWord* find_call(std::string_view name);
const CallWord& page_call_word(PageCall call);
const CallWord& looking_word(Looking looking);

// Of the language, but with a later version: sysctls, keys of the machine block.
bool is_later_sysctl(std::string_view name);
// Words that cannot be the name of a variable.
bool is_reserved(std::string_view word);

// Index in a table of names; `count` if it is not there.
u32 find_name(std::string_view name, const char* const* names, u32 count);

// The nearest of the candidates, if one is near enough to be a slip of the finger; else empty. The first wins
// among equals.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates);
// The signature of the call whose name is nearest; empty if none is near.
std::string_view nearest_call(std::string_view name);

}  // namespace mmscope
