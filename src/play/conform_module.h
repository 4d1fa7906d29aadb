// Lock step with a capture module: the page allocator is loaded with a real kernel's exact lists, makes the same
// calls, and is compared after each of them.
//
// A call agrees when it returns the kernel's frame (and for an allocation the pageblock's migratetype). A state agrees
// when, in every zone, NR_FREE_PAGES, nr_free of every order and the CPU's list (count, high, batch and the counters of
// its tuning) are equal; a dump, when every free list and per-CPU list is equal in its order, and every pageblock.
//
// A dump does not print everything. What is hidden is tried out and the choice with the fewest differences stands:
// which CPU ran, that CPU's unfolded part of NR_FREE_PAGES, and its tuning counters right before the first printed
// state. On machines of several CPUs the others act too: they fold their counters and let their lists decay. Such an
// act is recognised by what it changes, carried over, and counted in `from_outside`.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/message.h"
#include "intake/module_capture.h"
#include "mm/page_alloc.h"

namespace mmscope {

struct ModuleDifference {
    u32 line = 0;  // of the call or the dump in the file
    std::vector<Message> sentences;
};

struct ModuleReport {
    u32 calls = 0, calls_agreed = 0;
    u32 states = 0, states_agreed = 0;
    u32 dumps = 0, dumps_agreed = 0;
    u32 from_outside = 0;
    std::optional<ModuleDifference> first_difference;
    u32 wrong() const { return calls - calls_agreed + states - states_agreed + dumps - dumps_agreed; }
    bool is_perfect() const { return calls != 0 && wrong() == 0; }
};

// Resumable, so that a page can stop it: each guess at what is hidden is a run over the whole capture.
class ModuleReplay {
public:
    // The capture must outlive it. `cpus` as the machine had. Errors: zones that `arch` does not have, flags that no
    // kernel has.
    static Result<ModuleReplay> begin(const ModuleCapture& capture, Arch arch, const Profile& profile, u32 cpus);
    ModuleReplay(ModuleReplay&&) noexcept;
    ModuleReplay& operator=(ModuleReplay&&) noexcept;
    ~ModuleReplay();

    // Follows at most `budget` steps of the guess that is being tried. True if there are more, of this one or another.
    bool run(u32 budget);
    const ModuleReport& report() const;  // that of the best guess, once run() has come to an end

private:
    class Search;
    explicit ModuleReplay(std::unique_ptr<Search> search);
    std::unique_ptr<Search> search_;
};

// The whole search at once. Errors: those of begin().
Result<ModuleReport> conform_module(const ModuleCapture& capture, Arch arch, const Profile& profile, u32 cpus);

}  // namespace mmscope
