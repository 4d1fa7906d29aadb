// Lock step with the capture module's object files: the same calls on a cache of the same size, object by object.
//
// A call agrees when the object lies in the kernel's slab and, as far as the kernel leaves that to no chance, at the
// kernel's place in it. Where it does leave it to chance, two things are taken from the capture: which order of objects
// was drawn for the cache, told by the cache's first slab, and where in that order each later slab begins, told by its
// first object. The blocks that the page allocator gives for slabs are the capture's too, but when a slab is asked for
// and when one goes back is the model's own doing. A state agrees when all counters of /sys/kernel/slab are equal.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "mm/profile.h"
#include "play/outcome.h"

namespace mmscope {

// `states` is the text of obj-SIZE.stats.txt, empty if there is none. Errors: those of the parsers (of the states, with
// in_states), a kernel whose CPUs have no slabs, an object that cannot be.
struct ConformObjectsError {
    Diagnostic diagnostic;
    bool in_states = false;
};
Result<Outcome, ConformObjectsError> conform_objects(std::string_view text, std::string_view states,
                                                     const Profile& profile, Arch arch, u32 cpus);

}  // namespace mmscope
