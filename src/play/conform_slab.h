// Slab caches of real kernels against the rules of mm/slab_rules, row by row.
//
// A row of slab.tsv or of caches-KIND.tsv is equal when everything that follows from how the cache was created is: size
// and alignment of an object's place, order and objects of a slab, cpu_partial, min_partial, sheaf_capacity, and for a
// cache that others may merge into the name. A kmalloc cache and a cache of the capture module (`cap-rcu-200`) is told
// by its name alone; of any other the object's size, the alignment and the flags are the row's own. A row of ksize.txt
// is equal when every size of its range gives what the kernel gave.
#pragma once

#include <string_view>

#include "base/result.h"
#include "intake/slab_table.h"
#include "mm/profile.h"
#include "mm/slab_rules.h"
#include "play/outcome.h"

namespace mmscope {

// Whether conform_slab takes this text.
bool is_slab_capture(std::string_view text);

// How the cache of this row was created, as far as its name and its flags tell.
CacheSpec spec_of(const SlabTableRow& row, const Profile& profile);

// Errors: those of the files' parsers; a kernel whose allocator is not modelled.
Result<Outcome> conform_slab(std::string_view text, const Profile& profile, Arch arch, u32 cpus);

}  // namespace mmscope
