#include "play/heap.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "play/page_calls.h"
#include "play/value.h"
#include "play/vocabulary.h"

namespace mmscope {

namespace {

constexpr i64 kEinval = 22;

Message sleeps(PageCall call, Context context) {
    return Message("error.slab_sleeps")
        .text("name", page_call_word(call).name)
        .text("context", kContextNames[static_cast<u32>(context)]);
}

Message kernels_own(PageCall call, const NamedCache& cache) {
    return Message("error.kmalloc_cache").text("name", page_call_word(call).name).text("cache", cache.name);
}

// The caches of kmalloc as the kernel creates them, the first first.
std::vector<CacheId> kmalloc_boot_order(const Kmalloc& kmalloc, const Profile& profile) {
    using Type = KmallocType;
    const bool is_by_size = profile.slab.kmalloc_boot == SlabProfile::KmallocBoot::by_size;
    constexpr Type kBySize[] = {Type::normal, Type::cgroup, Type::reclaim, Type::dma};
    constexpr Type kOddFirst[] = {Type::normal, Type::reclaim, Type::dma, Type::cgroup};
    std::vector<CacheId> order;
    std::array<u32, kKmallocClasses> classes{};
    std::iota(classes.begin(), classes.end(), 0U);
    const auto is_odd = [](u32 of_class) { return !std::has_single_bit(kKmallocSizes[of_class]); };
    if (!is_by_size) std::stable_partition(classes.begin(), classes.end(), is_odd);
    for (const Type type : is_by_size ? kBySize : kOddFirst)
        for (const u32 of_class : classes) order.push_back(kmalloc.cache(type, of_class));
    return order;
}

u32 word_bytes(Arch arch) { return arch == Arch::x86_64 ? 8 : 4; }

// What kmem_cache_create() of 2.6 checks first.
bool is_early_error(const CreateCache& create, Arch arch) {
    return create.size < word_bytes(arch) || create.size > kLargestObject;
}

}  // namespace

bool is_heap_command(const Command& command) {
    return std::holds_alternative<CreateCache>(command) || std::holds_alternative<ChangeCache>(command) ||
           std::holds_alternative<AllocObject>(command) || std::holds_alternative<FreeObject>(command) ||
           std::holds_alternative<WriteBytes>(command) || std::holds_alternative<KernelMapping>(command);
}

std::optional<SlabDebugOption> read_slab_debug(std::string_view text) {
    SlabDebugOption option;
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view letters = text.substr(0, comma);
    if (comma != text.size()) option.names = text.substr(comma + 1);
    if (letters.empty()) option.flags = slab_flag::kDebug;
    if (letters == "-") return option;
    for (const char letter : letters) {
        switch (letter) {
            case 'F': case 'f': option.flags |= slab_flag::kConsistencyChecks; break;
            case 'Z': case 'z': option.flags |= slab_flag::kRedZone; break;
            case 'P': case 'p': option.flags |= slab_flag::kPoison; break;
            case 'U': case 'u': option.flags |= slab_flag::kStoreUser; break;
            default: return std::nullopt;
        }
    }
    return option;
}

Heap::Heap(const Heap&) = default;
Heap::Heap(Heap&&) noexcept = default;
Heap& Heap::operator=(const Heap&) = default;
Heap& Heap::operator=(Heap&&) noexcept = default;
Heap::~Heap() = default;

Heap::Heap(const PageAllocator& memory, const HeapSpec& spec) {
    has_slub_ = mmscope::has_slub(memory.profile());
    if (!has_slub_) {
        classic_ = ClassicSlabAllocator(memory);
        for (u32 at = 0; at < classic_.caches().size(); ++at)
            names_.push_back({classic_.caches()[at].name, {at}, classic_.caches()[at].spec.object_size, 0, 0});
        return;
    }
    slab_ = SlabAllocator(memory, spec.order, spec.seed, spec.pointers);
    slab_.set_debug(spec.debug.flags, spec.debug.names);
    kmalloc_ = Kmalloc(slab_, memory);
    for (const CacheId cache : kmalloc_boot_order(kmalloc_, memory.profile()))
        names_.push_back({slab_.cache(cache).name, cache, slab_.cache(cache).spec.object_size, 0, 0});
}

bool Heap::is_kmallocs(const NamedCache& cache) const {
    return cache.call == 0 && (!cache.is_imported || cache.cache.value < boot_caches());
}

bool Heap::is_fresh() const {
    return names_.size() == boot_caches() && slab_.slabs().empty() && kmalloc_.large_blocks().empty() &&
           classic_.slabs().empty() && vmalloc_.areas().empty() && vmalloc_.table_pages() == 0 &&
           kmap_.slots().empty() && slab_.taints() == 0;  // nor was it warned of anything
}

u32 Heap::find(std::string_view name) const {
    for (u32 at = 0; at < names_.size(); ++at)
        if (is_listed(names_[at]) && names_[at].name == name) return at;
    return kMostCacheNames;
}

u32 Heap::owner_of(ObjectAddress address) const {
    if (free_fault(address) != ObjectFault::none) return 0;
    const u32 index = index_of(address);
    return index < calls_.size() ? calls_[index] : 0;
}

// ---- what cannot be done ----

Message Heap::cache_fault(u32 number) const {
    const NamedCache& cache = names_[number];
    if (cache.exists()) return {};
    return Message("error.cache_gone").text("cache", cache.name).number("call", cache.destroyed_by);
}

// Where no object is, the frame tells what the caller took for one.
Message Heap::object_fault(ObjectAddress address, u32 handle_call, const PageAllocator& memory) const {
    if (address.value <= kZeroSizePtr.value) return {};
    const u64 shown = direct_map_base(memory.arch()) + address.value;
    const auto say = [&](const char* key) { return Message(key).hex("address", shown).number("call", handle_call); };
    const ObjectFault fault = free_fault(address);
    if (fault == ObjectFault::none) {
        const bool is_large = cache_of(address).is_none();
        const u32 owner = is_large ? memory.allocation(address.pfn()).call : owner_of(address);
        if (handle_call == 0 || owner == 0 || owner == handle_call) return {};
        return say("error.object_stale").number("owner", owner);
    }
    if (fault != ObjectFault::not_in_a_slab) {
        const char* key = fault == ObjectFault::already_free ? "error.object_free" : "error.object_inside";
        const CacheId cache = cache_of(address);
        return say(key).text("cache", cache_name(cache)).number("size", shape(cache).size);
    }
    if (address.value >> kPageShift >= memory.frames().frames()) return say("error.object_foreign");
    const u8 state = memory.frames().state(address.pfn());
    const bool is_used = frame_state::is_allocated(state) && !frame_state::is_on_pcp(state);
    if (is_used && frame_state::owner(state) == Owner::slab)
        return say("error.object_inside").text("cache", "kmalloc").number("size", kPageSize);
    const BlockRef block = memory.frames().block_of(address.pfn());
    const u32 maker = is_used && block.head != kNoPfn ? memory.allocation(block.head).call : 0;
    if (handle_call != 0 && maker != handle_call) return say("error.object_gone");
    return say(maker != 0 ? "error.object_page" : "error.object_foreign");
}

Message Heap::alloc_fault(const AllocObject& alloc, const PageAllocator& memory) const {
    if (alloc.overflows()) return {};
    if (alloc.call == PageCall::kmem_cache_alloc) {
        if (Message fault = cache_fault(alloc.cache); !fault.is_empty()) return fault;
        if (is_kmallocs(names_[alloc.cache])) return kernels_own(alloc.call, names_[alloc.cache]);
    }
    if (alloc.call == PageCall::krealloc)
        if (Message fault = object_fault({alloc.old}, alloc.old_call, memory); !fault.is_empty()) return fault;
    if (!has_slub_ && (alloc.gfp.bits & (gfp::kHighmem | gfp::kDma32)) != 0) return Message("error.slab_bug_mask");
    if (!has_slub_ || alloc.size <= kKmallocMaxCacheSize || alloc.size > kKmallocMaxSize) return {};
    const Gfp passed{alloc.gfp.bits & ~(gfp::kHighmem | gfp::kDma32)};
    return mmscope::alloc_fault(passed, kmalloc_large_order(static_cast<u32>(alloc.size)), memory.profile());
}

Message Heap::fault(const Command& command, u32 cpu, const PageAllocator& memory) const {
    if (const CreateCache* create = std::get_if<CreateCache>(&command)) {
        if (!may_sleep(create->context)) return sleeps(PageCall::kmem_cache_create, create->context);
        if (!has_slub_ && is_early_error(*create, memory.arch()))
            return Message("error.cache_early_error").text("cache", create->name).number("most", kLargestObject).number(
                "least", word_bytes(memory.arch()));
        if (create->size == 0) return Message("error.cache_size").text("cache", create->name);
        if (names_.size() == kMostCacheNames) return Message("error.bound_caches").number("most", kMostCacheNames);
        return {};
    }
    if (const ChangeCache* change = std::get_if<ChangeCache>(&command)) {
        if (!may_sleep(change->context)) return sleeps(change->call, change->context);
        if (Message fault = cache_fault(change->cache); !fault.is_empty()) return fault;
        const bool is_kernels = change->call == PageCall::kmem_cache_destroy && is_kmallocs(names_[change->cache]);
        return is_kernels ? kernels_own(change->call, names_[change->cache]) : Message();
    }
    if (const AllocObject* alloc = std::get_if<AllocObject>(&command)) return alloc_fault(*alloc, memory);
    if (const FreeObject* free = std::get_if<FreeObject>(&command)) return free_fault(*free, cpu, memory);
    if (const KernelMapping* mapping = std::get_if<KernelMapping>(&command)) return mapping_fault(*mapping, memory);
    return {};
}

// ---- what is done ----

void Heap::create(const CreateCache& create, u32 call, CommandResult* result) {
    const u32 number = static_cast<u32>(names_.size());
    const CacheId cache =
        has_slub_ ? slab_.create(create.name, create.spec) : classic_.create(create.name, create.spec);
    names_.push_back({create.name, cache, create.spec.object_size, call, 0, create.ctor});
    result->cache = number;
}

void Heap::change(const ChangeCache& change, SlabCaller& caller, CommandResult* result) {
    NamedCache& name = names_[change.cache];
    const u32 slabs = counters(name.cache).slabs;
    u32 left = 0;
    if (change.call == PageCall::validate_slab_cache) {
        const bool is_debugged = has_slub_ && slab_.cache(name.cache).is_debugged();
        if (is_debugged) slab_.validate(name.cache, caller);
        const auto is_new = [](const SlabBug& bug) { return bug.kind != SlabBug::Kind::shown_again; };
        const auto found = std::count_if(slab_.bugs().begin(), slab_.bugs().end(), is_new);
        result->number = is_debugged ? i64{found} : -kEinval;
        return;
    }
    if (change.call == PageCall::kmem_cache_shrink)
        has_slub_ ? slab_.shrink(name.cache, caller) : classic_.shrink(name.cache, caller);
    else
        left = has_slub_ ? slab_.destroy(name.cache, caller) : classic_.destroy(name.cache, caller);
    result->number = left != 0 ? i64{left} : i64{slabs - counters(name.cache).slabs};
    const bool is_left_over = has_slub_ && slab_.cache(name.cache).is_left_over();
    const bool is_gone = change.call == PageCall::kmem_cache_destroy && left == 0 && !is_left_over;
    if (!is_gone) return;
    name.destroyed_by = caller.call;
    if (!has_slub_ || slab_.cache(name.cache).exists()) return;
    // One that was left over and got a user again has a name more than it had users.
    for (NamedCache& other : names_)
        if (other.exists() && other.cache == name.cache) other.destroyed_by = caller.call;
}

void Heap::alloc(const AllocObject& alloc, SlabCaller& caller, CommandResult* result) {
    if (alloc.overflows()) return;
    ObjectAddress got;
    if (!has_slub_)
        got = alloc_classic(alloc, caller);
    else if (alloc.call == PageCall::kmem_cache_alloc)
        got = slab_.alloc(names_[alloc.cache].cache, alloc.gfp, caller);
    else if (alloc.call == PageCall::krealloc)
        got = kmalloc_.realloc(slab_, {alloc.old}, alloc.size, alloc.gfp, caller);
    else
        got = kmalloc_.alloc(slab_, alloc.size, alloc.gfp, caller);
    result->object = got.value;
    if (got.value <= kZeroSizePtr.value || got.value == alloc.old) return;
    const u32 index = index_of(got);
    if (index == kNoSlab) return;
    const u32 end = has_slub_ ? slab_.index_end() : classic_.index_end();
    if (calls_.size() < end) calls_.resize(end + end / 2);
    calls_[index] = caller.call;
}

// Page by page: the slabs that it reaches need not be of one cache.
void Heap::write(const WriteBytes& write, const PageAllocator& memory) {
    const u64 end = write.address + write.length;
    for (u64 from = write.address; from < end;) {
        const u64 to = std::min(end, (from / kPageSize + 1) * kPageSize);
        const u64 frame = write.is_mapped ? mapped_frame(from, memory).value : from >> kPageShift;
        const u64 physical = (frame << kPageShift) + from % kPageSize;
        slab_.write({physical}, {physical + (to - from)}, write.value);
        from = to;
    }
}

Pfn Heap::mapped_frame(u64 address, const PageAllocator& memory) const {
    if (vmalloc_window(memory).contains(address)) return vmalloc_.frame_of(address, memory);
    return kmap_.frame_of(address, memory);
}

void Heap::apply(const Command& command, SlabCaller& caller, CommandResult* result) {
    slab_.take_bugs();  // those of the command before
    if (const CreateCache* make = std::get_if<CreateCache>(&command)) {
        result->cache = kMostCacheNames;
        if (is_possible(*make, caller.memory) && !is_refused_name(make->name))
            create(*make, caller.call, result);
        else if (make->panics)
            result->end = Message("error.slab_panic").text("cache", make->name);
    } else if (const ChangeCache* changed = std::get_if<ChangeCache>(&command)) {
        change(*changed, caller, result);
    } else if (const AllocObject* asked = std::get_if<AllocObject>(&command)) {
        alloc(*asked, caller, result);
    } else if (const FreeObject* given = std::get_if<FreeObject>(&command)) {
        free(*given, caller, result);
    } else if (const KernelMapping* mapping = std::get_if<KernelMapping>(&command)) {
        map_kernel(*mapping, caller, result);
    } else {
        write(std::get<WriteBytes>(command), caller.memory);
    }
}

void Heap::set_rest(const Rest& rest) {
    slab_.set_rest(rest.slab);
    kmalloc_.set_rest(rest.kmalloc);
    classic_.set_caches(rest.classic);
    names_ = rest.names;
    vmalloc_.set_rest(rest.vmalloc);
    kmap_.set_last(rest.last_kmap);
}

u64 Heap::pages_on(u32 node, VmCounter counter, const PageAllocator& memory) const {
    u64 pages = 0;
    for (const Slab& slab : slab_.slabs()) {
        const bool counts = slab.place != SlabPlace::unused && slab.node == node &&
                            slab_counter(slab_.cache({slab.cache}).spec) == counter;
        if (counts) pages += Order{slab.order}.frames();
    }
    for (const ClassicSlab& slab : classic_.slabs()) {
        const ClassicCache& cache = classic_.caches()[slab.cache];
        const bool counts = slab.place != ClassicPlace::unused && memory.zone_of(slab.pfn)->node == node &&
                            slab_counter(cache.spec) == counter;
        if (counts) pages += cache.layout.order.frames();
    }
    for (const Kmalloc::LargeBlock& block : kmalloc_.large_blocks()) {
        const bool counts = block.pfn != kNoPfn && counter == VmCounter::nr_slab_unreclaimable &&
                            memory.zone_of(block.pfn)->node == node;
        if (counts) pages += block.order.frames();
    }
    return pages;
}

std::string Heap::check(const PageAllocator& memory) const {
    std::string fault = vmalloc_.check(memory);
    if (fault.empty()) fault = kmap_.check(memory);
    if (!fault.empty()) return fault;
    if (!has_slub_) return classic_.check(memory);
    fault = slab_.check(memory);
    return fault.empty() ? kmalloc_.check(slab_, memory) : fault;
}

u64 Heap::bytes() const {
    return classic_.bytes() + slab_.bytes() + kmalloc_.bytes() + names_.size() * sizeof(NamedCache) +
           calls_.size() * sizeof(u32) + vmalloc_.bytes() + kmap_.slots().size() * sizeof(Kmap::Slot);
}

}  // namespace mmscope
