// A machine that a script built: physical memory, its generator, and what it was made from. A value: copying
// it is saving it.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/prng.h"
#include "base/result.h"
#include "mm/page_alloc.h"
#include "play/command.h"
#include "play/heap.h"
#include "play/imported_machine.h"

namespace mmscope {

inline constexpr u64 kLeastRam = u64{16} << 20;
inline constexpr u64 kMostRam = u64{64} << 30;
inline constexpr u32 kMostCpus = 256;
inline constexpr u32 kMostNodes = 2;

enum class HugePagesAre4m : u8 { no, yes };

// What `machine ARCH { ... }` asks for. Defaults are the language's.
struct MachineSpec {
    Arch arch = Arch::x86_64;
    u64 ram = u64{1} << 30;  // bytes
    u32 cpus = 1;
    u32 nodes = 1;
    std::string kernel = "6.12";
    // Huge pages that boot sets aside (mm/hugetlb.h), by the height of their leaves less 1. The usual ones are asked for
    // by their size, which must be this machine's.
    std::array<u32, kHugePageSizes> huge_pages{};
    HugePagesAre4m huge_pages_are_4m = HugePagesAre4m::no;
    u64 swap = 0;  // bytes of a swap area that is there from the start; 0: none
    u64 seed = 1;
    FiveLevels five_levels = FiveLevels::no;  // CPUs with LA57, and a kernel that uses it
    std::string tlb = "skylake";  // of every CPU: a name or a geometry (mm/tlb_geometry.h)
    SlabDebugOption slab_debug;
    FreelistOrder freelist_order = FreelistOrder::plain;              // CONFIG_SLAB_FREELIST_RANDOM
    FreelistPointers freelist_pointers = FreelistPointers::plain;  // CONFIG_SLAB_FREELIST_HARDENED
    std::array<std::optional<u32>, kSysctlCount> sysctl_numbers;  // by SysctlName; transparent_hugepage: ThpEnabled
    std::optional<std::array<u32, kMaxZonesPerNode>> lowmem_reserve_ratio;
    std::string import_text;  // `machine from text`: the /proc text itself; then only seed of the above counts
};

class Machine {
public:
    Machine() = default;
    Machine(const Machine& other);  // defaulted, but made once and not in every file that copies one
    Machine(Machine&& other) noexcept;
    Machine& operator=(const Machine& other);
    Machine& operator=(Machine&& other) noexcept;
    ~Machine();
    // Builds the machine. An error of the spec has line 0 and the key it is about as its text parameter `key`;
    // one of import_text has the line and column there.
    static Result<Machine> build(const MachineSpec& spec);

    // Applies one command; `call` is its number, from 1, `cpu` where the caller runs. The generation grows
    // with every applied command; one that is refused changes nothing.
    CommandResult apply(const Command& command, u32 call, u32 cpu, Trace& trace);

    const PageAllocator& memory() const { return memory_; }
    PageAllocator& memory() { return memory_; }
    const Heap& heap() const { return heap_.wanted(memory_, heap_spec()); }
    Heap& heap() { return heap_.wanted(memory_, heap_spec()); }  // for history
    const Heap* heap_so_far() const { return heap_.made(); }    // null: it is as it was at boot
    void forget_heap() { heap_.drop(); }                        // for history: it is so again
    Prng& prng() { return prng_; }
    const Prng& prng() const { return prng_; }
    const MachineSpec& spec() const { return spec_; }
    const std::string& kernel() const { return kernel_; }         // "6.12", or an import's "7.2"
    bool has_refused_thp() const;  // its block asks for huge pages, and it booted without: hugepage_init
    bool is_exact_profile() const { return exact_profile_; }      // false: newer kernel run by older rules
    // Null for a machine that a script described.
    const ImportedMachine* import() const { return import_ ? &*import_ : nullptr; }
    u64 seconds() const { return seconds_; }  // since the machine booted: tick() alone lets them pass
    void set_seconds(u64 seconds) { seconds_ = seconds; }  // for history
    u64 generation() const { return generation_; }
    void touch() { ++generation_; }  // somebody wrote the memory behind apply()'s back (history)

    // Everything fits together: empty, or a sentence. Costs a pass over all frames and objects.
    std::string check() const;
    // A 64-bit digest of everything that a later command can depend on. Equal states have equal hashes.
    u64 state_hash() const;

private:
    static Result<Machine> build_import(const MachineSpec& spec);
    void boot_thp();
    MMSCOPE_LATER void boot_hugetlb();
    MMSCOPE_LATER static Result<Machine> build_from_caches(const MachineSpec& spec, ImportedMachine imported);
    MMSCOPE_LATER void adopt_caches();
    MMSCOPE_LATER void apply_to_heap(const Command& command, u32 call, u32 cpu, Trace& trace, CommandResult* result);
    MMSCOPE_LATER void pass_second(u32 cpu, Trace& trace);
    MMSCOPE_LATER void apply_to_mappings(const Command& command, u32 call, u32 cpu, Trace& trace, CommandResult* result);
    HeapSpec heap_spec() const {
        return {spec_.seed, spec_.slab_debug, spec_.freelist_order, spec_.freelist_pointers};
    }

    PageAllocator memory_;
    HeapSlot heap_;
    Prng prng_;
    MachineSpec spec_;
    std::string kernel_ = "6.12";
    bool exact_profile_ = true;
    std::optional<ImportedMachine> import_;
    u64 seconds_ = 0;
    u64 generation_ = 0;
};

}  // namespace mmscope
