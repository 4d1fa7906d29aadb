#include "play/slab_calls.h"

#include <algorithm>
#include <bit>

#include "mm/vmalloc.h"
#include "play/looking.h"
#include "play/vmalloc_calls.h"

namespace mmscope {

namespace {

struct SlabConstant {
    std::string_view name;
    i64 value;
};

constexpr i64 kPanic = 1024;  // the cache does not keep it
constexpr SlabConstant kSlabConstants[] = {{"SLAB_HWCACHE_ALIGN", slab_flag::kHwcacheAlign},
                                           {"SLAB_RECLAIM_ACCOUNT", slab_flag::kReclaimAccount},
                                           {"SLAB_ACCOUNT", slab_flag::kAccount},
                                           {"SLAB_TYPESAFE_BY_RCU", slab_flag::kTypesafeByRcu},
                                           {"SLAB_DESTROY_BY_RCU", slab_flag::kTypesafeByRcu},
                                           {"SLAB_CACHE_DMA", slab_flag::kCacheDma},
                                           {"SLAB_NO_MERGE", slab_flag::kNoMerge},
                                           {"SLAB_CONSISTENCY_CHECKS", slab_flag::kConsistencyChecks},
                                           {"SLAB_RED_ZONE", slab_flag::kRedZone},
                                           {"SLAB_POISON", slab_flag::kPoison},
                                           {"SLAB_STORE_USER", slab_flag::kStoreUser},
                                           {"SLAB_PANIC", kPanic}};
constexpr i64 kAllFlags = 2 * kPanic - 1;
static_assert(kPanic == slab_flag::kKmalloc, "which no script asks for");
constexpr std::size_t kLongestName = 64;

// The arguments of one call, checked as they are asked for; after the first wrong one `is_fine` stays false.
class SlabArguments {
public:
    SlabArguments(const Scene& scene, PageCall call, const Value* values)
        : scene_(scene), call_(call), values_(values) {}

    bool is_fine() const { return error_.is_empty(); }
    const Message& error() const { return error_; }
    void fail(Message message) {
        if (is_fine()) error_ = std::move(message);
    }
    bool is_of(u32 index, ValueKind kind) {
        if (is_fine() && values_[index].kind != kind)
            fail_argument(scene_, page_call_word(call_), index, kind, values_[index], &error_);
        return is_fine();
    }
    // size_t of the machine: a negative number is a very large one.
    u64 size(u32 index) {
        if (!is_of(index, ValueKind::integer)) return 0;
        const u64 number = static_cast<u64>(values_[index].number);
        return scene_.machine.memory().arch() == Arch::x86_64 ? number : static_cast<u32>(number);
    }
    Gfp gfp(u32 index) { return is_of(index, ValueKind::flags) ? values_[index].gfp() : Gfp{}; }
    std::string text(u32 index) {
        return is_of(index, ValueKind::text) ? scene_.code.texts[static_cast<u32>(values_[index].number)] : "";
    }
    u32 cache(u32 index) {
        if (values_[index].kind == ValueKind::null) fail_null();
        return is_of(index, ValueKind::cache) ? static_cast<u32>(values_[index].number) : 0;
    }
    u64 object(u32 index) {
        if (values_[index].kind == ValueKind::null) fail_null();
        if (!is_of(index, ValueKind::address)) return 0;
        if (is_in_vmalloc_area(values_[index])) return 0;
        const auto address = object_address(values_[index], scene_.machine.memory().arch());
        if (!address) fail(Message("error.object_foreign").hex("address", static_cast<u64>(values_[index].number)));
        return address.value_or(0);
    }

private:
    // Neither kfree nor its kin find a slab there.
    bool is_in_vmalloc_area(const Value& address) {
        const u64 bits = static_cast<u64>(address.number);
        if (!vmalloc_window(scene_.machine.memory()).contains(bits)) return false;
        fail(Message("error.object_vmalloc").text("name", page_call_word(call_).name).hex("address", bits));
        return true;
    }
    void fail_null() { fail(Message("error.null_page").text("name", page_call_word(call_).name)); }

    const Scene& scene_;
    PageCall call_;
    const Value* values_;
    Message error_;
};

void read_name(SlabArguments& arguments, CreateCache* create) {
    create->name = arguments.text(0);
    const bool is_word = !create->name.empty() && create->name.size() <= kLongestName &&
                         create->name.find_first_of(" \t\n") == std::string::npos;
    if (!is_word) arguments.fail(Message("error.cache_name").number("most", kLongestName));
}

void read_flags(SlabArguments& arguments, const Value& value, CreateCache* create) {
    if (value.kind == ValueKind::null || !arguments.is_of(2, ValueKind::integer)) return;
    if ((value.number & ~kAllFlags) != 0) arguments.fail(Message("error.cache_flags").number("flags", value.number));
    create->panics = (value.number & kPanic) != 0;
    create->spec.flags = static_cast<u32>(value.number & ~kPanic);
}

// What is between two powers has both of them to choose from.
Message align_fault(u64 align) {
    if (align >= kLargestObject)
        return Message("error.cache_align_large").text("align", std::to_string(align)).number("most", kLargestObject);
    const u64 below = std::bit_floor(align);
    return Message("error.cache_align")
        .number("align", static_cast<i64>(align))
        .number("below", static_cast<i64>(below))
        .number("above", static_cast<i64>(2 * below));
}

void read_align(SlabArguments& arguments, CreateCache* create) {
    const u64 align = arguments.size(3);
    const bool is_power = std::has_single_bit(align) && align <= kLargestObject;
    if (align != 0 && !is_power) {
        arguments.fail(align_fault(align));
    }
    create->spec.align = static_cast<u32>(align);
}

// Its name, or any number but 0 for its address.
void read_ctor(SlabArguments& arguments, const Value& value, CreateCache* create) {
    create->spec.has_ctor = value.kind == ValueKind::text || value.number != 0;
    if (value.kind == ValueKind::text)
        create->ctor = arguments.text(4);
    else if (create->spec.has_ctor)
        create->ctor = std::to_string(value.number);
}

Result<Command, Message> create_command(const Scene& scene, const Value* values, u32 count) {
    SlabArguments arguments(scene, PageCall::kmem_cache_create, values);
    CreateCache create;
    create.context = scene.state.context;
    read_name(arguments, &create);
    // An unsigned int: -1 is 4294967295, and no cache has such objects.
    create.size = static_cast<u32>(arguments.size(1));
    create.spec.object_size = static_cast<u32>(create.size);
    if (count > 2) read_flags(arguments, values[2], &create);
    if (count > 3) read_align(arguments, &create);
    if (count > 4) read_ctor(arguments, values[4], &create);
    if (!arguments.is_fine()) return arguments.error();
    return Command(std::move(create));
}

// check_mul_overflow(): of a product beyond size_t nothing is asked at all.
void read_array(SlabArguments& arguments, Arch arch, AllocObject* alloc) {
    const u64 count = arguments.size(0), size = arguments.size(1);
    const bool is_too_much = __builtin_mul_overflow(count, size, &alloc->size);
    if (is_too_much || (arch != Arch::x86_64 && alloc->size >> 32 != 0)) {
        alloc->old = count;
        alloc->size = size;
    }
    alloc->gfp = arguments.gfp(2);
}

Result<Command, Message> alloc_command(const Scene& scene, PageCall call, const Value* values) {
    SlabArguments arguments(scene, call, values);
    AllocObject alloc;
    alloc.call = call;
    alloc.context = scene.state.context;
    if (call == PageCall::kmem_cache_alloc) {
        alloc.cache = arguments.cache(0);
        alloc.gfp = arguments.gfp(1);
    } else if (call == PageCall::kcalloc) {
        read_array(arguments, scene.machine.memory().arch(), &alloc);
    } else if (call == PageCall::krealloc) {
        if (values[0].kind != ValueKind::null) {
            alloc.old = arguments.object(0);
            alloc.old_call = values[0].call;
        }
        alloc.size = arguments.size(1);
        alloc.gfp = arguments.gfp(2);
    } else {
        alloc.size = arguments.size(0);
        alloc.gfp = arguments.gfp(1);
    }
    if (call == PageCall::kzalloc || call == PageCall::kcalloc) alloc.gfp.bits |= gfp::kZero;
    if (!arguments.is_fine()) return arguments.error();
    return Command(alloc);
}

Result<Command, Message> free_command(const Scene& scene, PageCall call, const Value* values) {
    SlabArguments arguments(scene, call, values);
    const u32 at = call == PageCall::kfree ? 0 : 1;
    FreeObject free;
    free.call = call;
    if (at != 0) free.cache = arguments.cache(0);
    free.object = arguments.object(at);
    free.object_call = values[at].call;
    if (arguments.is_fine() && free.object <= kZeroSizePtr.value)
        arguments.fail(Message("error.object_foreign").hex("address", free.object));
    if (!arguments.is_fine()) return arguments.error();
    return Command(free);
}

bool is_mapped_address(const Scene& scene, const Value& address) {
    const u64 bits = static_cast<u64>(address.number);
    if (address.kind != ValueKind::address) return false;
    return vmalloc_window(scene.machine.memory()).contains(bits) || vmalloc_to_page(scene.machine, bits) != kNoPfn;
}

// Of `length` bytes those that are mapped, up to the first page that is not: there the kernel takes a page fault in its
// own mode, and oopses. Behind an area lies its guard page.
u64 mapped_bytes(const Machine& machine, u64 address, u64 length) {
    u64 bytes = 0;
    while (bytes < length && vmalloc_to_page(machine, address + bytes) != kNoPfn)
        bytes += kPageSize - (address + bytes) % kPageSize;
    return std::min(bytes, length);
}

// The bytes must be there: beyond the last frame no address of the direct map leads anywhere.
Result<Command, Message> write_command(const Scene& scene, const Value* values) {
    SlabArguments arguments(scene, PageCall::memset, values);
    WriteBytes write;
    write.is_mapped = is_mapped_address(scene, values[0]);
    write.address = write.is_mapped ? static_cast<u64>(values[0].number) : arguments.object(0);
    write.value = static_cast<u8>(arguments.size(1));
    write.length = arguments.size(2);
    if (write.is_mapped && arguments.is_fine()) {
        const u64 most = mapped_bytes(scene.machine, write.address, write.length);
        if (most == write.length) return Command(write);
        return Message("error.write_unmapped")
            .hex("fault", write.address + most)
            .hex("address", write.address)
            .number("most", static_cast<i64>(most));
    }
    const u64 end = u64{scene.machine.memory().frames().frames()} << kPageShift;
    const bool is_there = write.address > kZeroSizePtr.value && write.address < end;
    if (arguments.is_fine() && !is_there)
        arguments.fail(Message("error.write_foreign").hex("address", static_cast<u64>(values[0].number)));
    if (arguments.is_fine() && write.length > std::min<u64>(kLargestObject, end - write.address))
        arguments.fail(Message("error.write_length")
                           .number("length", values[2].number)
                           .number("most", static_cast<i64>(std::min<u64>(kLargestObject, end - write.address))));
    if (!arguments.is_fine()) return arguments.error();
    return Command(write);
}

}  // namespace

bool is_idle_slab_call(PageCall call, const Value* arguments) {
    if (call != PageCall::kfree) return false;
    const bool is_zero_size = arguments[0].kind == ValueKind::address && arguments[0].number == kZeroSizePtr.value;
    return arguments[0].kind == ValueKind::null || is_zero_size;
}

Result<Command, Message> slab_command(const Scene& scene, PageCall call, const Value* arguments, u32 count) {
    switch (call) {
        case PageCall::kmem_cache_create:
            return create_command(scene, arguments, count);
        case PageCall::kmem_cache_free:
        case PageCall::kfree:
            return free_command(scene, call, arguments);
        case PageCall::memset:
            return write_command(scene, arguments);
        case PageCall::kmem_cache_shrink:
        case PageCall::kmem_cache_destroy:
        case PageCall::validate_slab_cache:
            break;
        default:
            return alloc_command(scene, call, arguments);
    }
    SlabArguments change(scene, call, arguments);
    const u32 cache = change.cache(0);
    if (!change.is_fine()) return change.error();
    return Command(ChangeCache{call, cache, scene.state.context});
}

Value slab_call_value(const Machine& machine, PageCall call, const CommandResult& result, u32 command) {
    switch (call) {
        case PageCall::kmem_cache_create:
            return result.cache == kMostCacheNames ? Value::null() : Value::cache(result.cache, command);
        case PageCall::kmem_cache_shrink:
            return Value::integer(0);
        case PageCall::validate_slab_cache:
            return Value::integer(result.number);
        case PageCall::kmem_cache_destroy:
        case PageCall::kmem_cache_free:
        case PageCall::kfree:
        case PageCall::memset:
            return Value::null();
        default:
            break;
    }
    if (result.object == 0) return Value::null();
    if (result.object == kZeroSizePtr.value) return Value::address(result.object, 0);
    // krealloc may leave the object where it is: then an older handle of it stays as good as this one.
    const ObjectAddress object{result.object};
    const bool is_large = machine.heap().cache_of(object).is_none();
    const u32 owner = is_large ? machine.memory().allocation(object.pfn()).call : machine.heap().owner_of(object);
    return Value::address(direct_map_base(machine.memory().arch()) + result.object, owner);
}

std::optional<u64> object_address(const Value& address, Arch arch) {
    const u64 bits = static_cast<u64>(address.number);
    if (bits <= kZeroSizePtr.value) return bits;
    if (bits < direct_map_base(arch)) return std::nullopt;
    return bits - direct_map_base(arch);
}

std::optional<i64> slab_constant(std::string_view name) {
    for (const SlabConstant& constant : kSlabConstants)
        if (constant.name == name) return constant.value;
    return std::nullopt;
}

std::vector<std::string_view> slab_constant_names() {
    std::vector<std::string_view> names;
    for (const SlabConstant& constant : kSlabConstants) names.push_back(constant.name);
    return names;
}

}  // namespace mmscope
