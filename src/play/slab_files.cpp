#include "play/slab_files.h"

#include <span>

#include "play/machine.h"

namespace mmscope {

namespace {

// CONFIG_NUMA, as Debian builds it.
bool has_numa(const Machine& machine) { return machine.memory().arch() == Arch::x86_64; }

// One cache of SLUB's, and the machine it is in.
struct Subject {
    const Machine& machine;
    const SlabAllocator& slabs;
    const NamedCache& name;
    CacheId id;
    const SlabCache& cache;

    bool has_nodes() const { return has_numa(machine); }
    bool has_cpus() const { return machine.memory().arch() != Arch::x86_32 || machine.memory().cpus() > 1; }
};

std::string line(u64 number) { return std::to_string(number) + "\n"; }
std::string flag(const Subject& of, u32 bit) { return line((of.cache.spec.flags & bit) != 0 ? 1 : 0); }

// show_slab_objects(): the sum, then each node that has any.
template <class Count>
std::string by_node(const Subject& of, Count&& count) {
    u64 sum = 0;
    std::string nodes;
    for (u32 node = 0; node < of.machine.memory().nodes(); ++node) {
        const u64 here = count(node);
        sum += here;
        if (here != 0 && of.has_nodes()) nodes += " N" + std::to_string(node) + "=" + std::to_string(here);
    }
    return std::to_string(sum) + nodes + "\n";
}

// Objects of a node's partial slabs: those that are free, or those that are not.
u64 partial_objects(const Subject& of, u32 node, bool are_free) {
    u64 sum = 0;
    for (u32 number = of.slabs.node_slabs(of.id, node).first; number != kNoSlab;) {
        const Slab& slab = of.slabs.slabs()[number];
        sum += are_free ? static_cast<u64>(slab.objects - slab.inuse) : slab.inuse;
        number = slab.next;
    }
    return sum;
}

// As the kernel counts them: a CPU without a slab of its own is passed over with its partial ones, and all of these are
// of the node that the first of them is on.
u64 cpu_slabs(const Subject& of, u32 node) {
    const auto is_here = [&](u32 number) { return number != kNoSlab && of.slabs.slabs()[number].node == node; };
    u64 sum = 0;
    for (u32 cpu = 0; cpu < of.machine.memory().cpus(); ++cpu) {
        const CpuSlab& mine = of.slabs.cpu_slab(of.id, cpu);
        if (mine.slab == kNoSlab) continue;
        sum += (is_here(mine.slab) ? 1U : 0U) + (is_here(mine.partial) ? mine.partial_slabs : 0U);
    }
    return sum;
}

std::string objects_and_slabs(const Subject& of, u64 slabs) {
    return std::to_string(slabs * of.cache.layout.objects / 2) + "(" + std::to_string(slabs) + ")";
}

std::string slabs_cpu_partial(const Subject& of) {
    u64 sum = 0;
    std::string cpus;
    for (u32 cpu = 0; cpu < of.machine.memory().cpus(); ++cpu) {
        const u64 slabs = of.slabs.cpu_slab(of.id, cpu).partial_slabs;
        sum += slabs;
        if (slabs != 0 && of.has_cpus()) cpus += " C" + std::to_string(cpu) + "=" + objects_and_slabs(of, slabs);
    }
    return objects_and_slabs(of, sum) + cpus + "\n";
}

std::string objects(const Subject& of) {
    return by_node(of, [&](u32 node) {
        return of.slabs.node_slabs(of.id, node).total_objects - partial_objects(of, node, true);
    });
}

struct File {
    std::string_view name;
    std::string (*text)(const Subject& of);
};

// In the order of a listing. (A function, so that what is in it can come later by its name: src/api/later.txt.)
std::span<const File> slab_attributes() {
    static constexpr File kFiles[] = {
        {"aliases",
         [](const Subject& of) { return std::to_string(of.cache.users < 0 ? 0 : of.cache.users - 1) + "\n"; }},
        {"align", [](const Subject& of) { return line(of.cache.layout.align); }},
        {"cache_dma", [](const Subject& of) { return flag(of, slab_flag::kCacheDma); }},
        {"cpu_partial", [](const Subject& of) { return line(of.cache.layout.cpu_partial); }},
        {"cpu_slabs", [](const Subject& of) { return by_node(of, [&](u32 node) { return cpu_slabs(of, node); }); }},
        {"ctor", [](const Subject& of) { return of.name.ctor.empty() ? std::string() : of.name.ctor + "\n"; }},
        {"destroy_by_rcu", [](const Subject& of) { return flag(of, slab_flag::kTypesafeByRcu); }},
        {"hwcache_align", [](const Subject& of) { return flag(of, slab_flag::kHwcacheAlign); }},
        {"min_partial", [](const Subject& of) { return line(of.cache.layout.min_partial); }},
        {"object_size", [](const Subject& of) { return line(of.cache.spec.object_size); }},
        {"objects", objects},
        {"objects_partial",
         [](const Subject& of) { return by_node(of, [&](u32 node) { return partial_objects(of, node, false); }); }},
        {"objs_per_slab", [](const Subject& of) { return line(of.cache.layout.objects); }},
        {"order", [](const Subject& of) { return line(of.cache.layout.order.value); }},
        {"partial",
         [](const Subject& of) {
             return by_node(of, [&](u32 node) { return u64{of.slabs.node_slabs(of.id, node).nr_partial}; });
         }},
        {"poison", [](const Subject& of) { return flag(of, slab_flag::kPoison); }},
        {"reclaim_account", [](const Subject& of) { return flag(of, slab_flag::kReclaimAccount); }},
        {"red_zone", [](const Subject& of) { return flag(of, slab_flag::kRedZone); }},
        {"remote_node_defrag_ratio", [](const Subject&) { return line(100); }},
        {"sanity_checks", [](const Subject& of) { return flag(of, slab_flag::kConsistencyChecks); }},
        {"sheaf_capacity", [](const Subject& of) { return line(of.cache.layout.sheaf_capacity); }},
        {"shrink", [](const Subject&) { return std::string(); }},
        {"slab_size", [](const Subject& of) { return line(of.cache.layout.size); }},
        {"slabs",
         [](const Subject& of) {
             return by_node(of, [&](u32 node) { return u64{of.slabs.node_slabs(of.id, node).nr_slabs}; });
         }},
        {"slabs_cpu_partial", slabs_cpu_partial},
        {"store_user", [](const Subject& of) { return flag(of, slab_flag::kStoreUser); }},
        {"total_objects",
         [](const Subject& of) {
             return by_node(of, [&](u32 node) { return u64{of.slabs.node_slabs(of.id, node).total_objects}; });
         }},
        {"trace", [](const Subject&) { return line(0); }},
        {"usersize", [](const Subject& of) { return line(of.cache.spec.has_usercopy ? of.cache.spec.object_size : 0); }},
        {"validate", [](const Subject&) { return std::string(); }},
    };
    return kFiles;
}

bool is_there(const File& file, const Machine& machine) {
    if (file.name == "remote_node_defrag_ratio") return has_numa(machine);
    return file.name != "sheaf_capacity" || machine.memory().profile().slab.kind == SlabProfile::Kind::sheaves;
}

// By a name of its own, or the one of all that are merged. Of two with the same name the later one has the folder:
// sysfs_slab_add() and sysfs_slab_alias() first remove what has the name.
const NamedCache* find_cache(const Machine& machine, std::string_view wanted) {
    const Heap& heap = machine.heap();
    if (!heap.has_slub()) return nullptr;
    for (std::size_t at = heap.names().size(); at-- != 0;) {
        const NamedCache& name = heap.names()[at];
        if (!heap.is_listed(name)) continue;
        const SlabCache& cache = heap.slab().cache(name.cache);
        if (name.name == wanted) return &name;
        if (is_mergeable(cache.spec) && merged_cache_name(cache.spec.flags, cache.layout.size) == wanted) return &name;
    }
    return nullptr;
}

Subject subject_of(const Machine& machine, const NamedCache& name) {
    const SlabAllocator& slabs = machine.heap().slab();
    return {machine, slabs, name, name.cache, slabs.cache(name.cache)};
}

}  // namespace

std::optional<std::string> slab_file_text(const Machine& machine, std::string_view path) {
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const NamedCache* const name = find_cache(machine, path.substr(0, slash));
    if (name == nullptr) return std::nullopt;
    for (const File& file : slab_attributes())
        if (file.name == path.substr(slash + 1) && is_there(file, machine)) return file.text(subject_of(machine, *name));
    return std::nullopt;
}

std::optional<std::string> slab_folder_text(const Machine& machine, std::string_view cache) {
    const NamedCache* const name = find_cache(machine, cache);
    if (name == nullptr) return std::nullopt;
    std::string out;
    for (const File& file : slab_attributes()) {
        if (!is_there(file, machine)) continue;
        const std::string text = file.text(subject_of(machine, *name));
        ((out += file.name) += ':') += text.empty() ? "\n" : text;
    }
    return out;
}

std::vector<std::string> slab_file_paths(const Machine& machine) {
    std::vector<std::string> paths;
    const std::vector<NamedCache>& names = machine.heap().names();
    for (std::size_t at = machine.heap().has_slub() ? names.size() : 0; at-- != 0;) {
        if (!machine.heap().is_listed(names[at])) continue;
        for (const File& file : slab_attributes())
            if (is_there(file, machine))
                paths.push_back(std::string(kSlabFolder) + names[at].name + "/" + std::string(file.name));
    }
    return paths;
}

}  // namespace mmscope
