// slab.tsv and caches-KIND.tsv: the slab caches of a real kernel, one a row, as /sys/kernel/slab showed them.
//
//   name	object_size	slab_size	align	order	objs_per_slab	cpu_partial	min_partial	...
//   :A-0000192	184	192	64	0	21	120	5	...
//   cap-hwalign-200	200	256	64	0	16	52	5	...        a cache that the capture module
//   made
//
// The first line names the columns, tabs stand between; columns may come in any order and more than these may be there.
// Sizes are bytes. sheaf_capacity is "-" where the kernel has none. Flags stand only in slab.tsv.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"

namespace mmscope {

struct SlabTableRow {
    u32 line = 0;
    std::string_view name;  // into the text that was parsed
    u32 object_size = 0;
    u32 slab_size = 0;  // of an object's place
    u32 align = 0;
    u32 order = 0;
    u32 objects = 0;  // objs_per_slab
    u32 cpu_partial = 0;
    u32 min_partial = 0;
    u32 sheaf_capacity = 0;  // 0 for "-"
    // Of slab.tsv.
    u32 usersize = 0;
    bool hwcache_align = false;
    bool reclaim_account = false;
    bool cache_dma = false;
    bool destroy_by_rcu = false;
    std::string_view alias_names;  // of the caches that are merged into one: "audit_buffer,lsm_file_cache"; or "-"
};

bool is_slab_table(std::string_view text);
// The text must outlive what it gives. Errors: a column missing, a row without all its columns, what is no number.
Result<std::vector<SlabTableRow>> parse_slab_table(std::string_view text);
// The same, but rows with an error are passed over and noted; an error is only one of the first line.
Result<std::vector<SlabTableRow>> parse_slab_table(std::string_view text, std::vector<Diagnostic>* bad_rows);

}  // namespace mmscope
