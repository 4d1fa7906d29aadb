// A slabinfo of the classic SLAB: what tells it from SLUB's, what it says of its machine, what a row says of a cache.
//
//   size-64  3120  3304  64  59  1 : tunables 120 60 8 : slabdata 56 56 30
//     ->  56 slabs of 59 objects, of which 184 are free and 30 more lie in the shared array; several CPUs
//
// The tunables are the arrays' and the columns behind them the lists': num_slabs less active_slabs are free slabs, and
// sharedavail objects lie in the shared array. What each CPU's array holds is not said: it is empty here, and counts as
// in use. Where the management lies and how many colours a slab may have follows from its size and objects
// (`place_management`); the machine is of the architecture whose rules give the most rows their objects per slab, and
// has two CPUs if there are shared arrays. Nothing tells of nodes, of which the classic SLAB here has one.
#pragma once

#include <string>
#include <vector>

#include "play/imported_slabs.h"

namespace mmscope {

// A row with tunables, or one of a general cache as only SLAB named them: "size-64".
bool is_classic_slabinfo(const SlabInfo& info);
Arch classic_arch(const SlabInfo& info);
u32 classic_cpus(const SlabInfo& info);

// Not placed yet. Notes what could not be kept.
ImportedCache classic_cache_of(const SlabInfo::Row& row, Arch arch, u32 cpus, std::vector<Message>* notes);

// Whether its management has a place: on the slab, or in a general cache, which of a general cache must be a smaller
// one, or management would never end.
bool classic_has_management(const ImportedCache& cache);

// How many objects are free in each slab: each of the active ones has at least one that is used.
std::vector<u32> classic_free_by_slab(const ImportedCache& cache, Prng& prng);

}  // namespace mmscope
