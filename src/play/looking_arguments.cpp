#include "play/looking_arguments.h"

#include <optional>

#include "play/slab_calls.h"

namespace mmscope {

void LookingArguments::fail(Message message) {
    if (fine_) *error_ = std::move(message);
    fine_ = false;
}

const Value& LookingArguments::of_kind(u32 index, ValueKind kind) {
    if (fine_ && values_[index].kind != kind) fine_ = fail_argument(scene_, word_, index, kind, values_[index], error_);
    return values_[index];
}

const Zone* LookingArguments::zone(u32 index) {
    const Value& value = of_kind(index, ValueKind::zone);
    if (!fine_) return nullptr;
    const Zone* zone = scene_.machine.memory().find_zone(value.zone_type(), value.zone_node());
    if (zone == nullptr) fail(Message("error.no_zone").text("zone", describe(scene_, value)));
    return zone;
}

Migratetype LookingArguments::migratetype(u32 index) {
    const Value& value = values_[index];
    if (value == Value::zone(ZoneType::movable, 0)) return Migratetype::movable;  // the name means both
    return fine_ ? static_cast<Migratetype>(of_kind(index, ValueKind::migratetype).number % kMigratetypes)
                 : Migratetype::movable;
}

i64 LookingArguments::number(u32 index) {
    const Value& value = of_kind(index, ValueKind::integer);
    return fine_ ? value.number : 0;
}

Order LookingArguments::order(u32 index) {
    const i64 order = number(index);
    if (order >= 0 && order <= kMaxPageOrder) return {static_cast<u8>(order)};
    fail(Message("error.no_such_order").number("order", order).number("most", kMaxPageOrder));
    return {};
}

// A frame of this machine.
Pfn LookingArguments::page(u32 index) {
    if (fine_ && values_[index].kind == ValueKind::null) fail(Message("error.null_page").text("name", word_.name));
    const Value& value = of_kind(index, ValueKind::page);
    if (!fine_) return {};
    const Pfn pfn{static_cast<u32>(value.number)};
    if (pfn.value < scene_.machine.memory().frames().frames()) return pfn;
    fail(Message("error.foreign_frame").hex("pfn", pfn.value).hex("end", scene_.machine.memory().frames().frames()));
    return {};
}

// A cache that is there, by its handle.
u32 LookingArguments::cache(u32 index) {
    if (fine_ && values_[index].kind == ValueKind::null) fail(Message("error.null_page").text("name", word_.name));
    const Value& value = of_kind(index, ValueKind::cache);
    if (!fine_) return 0;
    const u32 number = static_cast<u32>(value.number);
    if (Message fault = scene_.machine.heap().cache_fault(number); !fault.is_empty()) fail(std::move(fault));
    return number;
}

// The physical address of something in the direct map.
u64 LookingArguments::object(u32 index) {
    const Value& value = of_kind(index, ValueKind::address);
    if (!fine_) return 0;
    const std::optional<u64> address = object_address(value, scene_.machine.memory().arch());
    const bool is_there = address && *address >> kPageShift < scene_.machine.memory().frames().frames();
    if (!is_there) fail(Message("error.foreign_address").hex("address", static_cast<u64>(value.number)));
    return address.value_or(0);
}

std::string_view LookingArguments::text(u32 index) {
    const Value& value = of_kind(index, ValueKind::text);
    return fine_ ? std::string_view(scene_.code.texts[static_cast<u32>(value.number)]) : std::string_view();
}

}  // namespace mmscope
