"""Columns of a file that is loaded into the source: what each must be, and how its values are carried to the database."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import SourceContractError
from pipeline.data.names import INSTANT

AMOUNT_DIGITS = 18  # of numeric(18, minor units), the column that amounts are loaded into
TRUE_WORDS = pa.array(["true", "1"])
FALSE_WORDS = pa.array(["false", "0"])


class Role(enum.Enum):
    """What a column is to the source contract."""

    KEY = "a key: integer or text"
    INSTANT = "an instant with a time zone, for example 2026-11-22T13:45:00Z"
    AMOUNT = "an amount in units of the currency"
    FLAG = "true or false"
    EXTRA = "anything else that a table can hold"


@dataclass(frozen=True)
class Column:
    """A column that will be loaded; `kind` is the Arrow type in which its values travel (an amount travels as exact decimal text)."""

    name: str
    role: Role
    kind: pa.DataType
    minor_units: int = 2

    @classmethod
    def of(cls, name: str, role: Role, found: pa.DataType, minor_units: int) -> Column | None:
        """Decide from the type found in the file; None for an extra column of no simple type, `SourceContractError` for a wrong one."""
        plain = found.value_type if pa.types.is_dictionary(found) else found
        kind = _carrier(role, plain)
        if kind is None and role is not Role.EXTRA:
            raise SourceContractError(f"column '{name}' is {_in_words(plain)}, but must be {role.value}{_advice(role, plain)}")
        return None if kind is None else cls(name, role, kind, minor_units)

    def carry(self, values: pa.Array) -> pa.Array:
        """The values in the type in which they travel; what does not fit is a `SourceContractError` without the values themselves."""
        plain = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
        try:
            if self.role is Role.AMOUNT:
                return amount_texts(plain, self.minor_units)
            return _flags(plain) if self.role is Role.FLAG else plain.cast(self.kind, safe=self.role is not Role.INSTANT)
        except (pa.ArrowInvalid, ValueError) as error:
            reason = f": {error}" if not isinstance(error, pa.ArrowInvalid) else ""
            raise SourceContractError(f"column '{self.name}' holds a value that is not {self.role.value}{reason}") from None


def _carrier(role: Role, found: pa.DataType) -> pa.DataType | None:
    """The travelling type for a role, or None where the found type is wrong."""
    kinds = pa.types
    if role is Role.KEY:
        return pa.int64() if kinds.is_integer(found) else pa.string() if _is_text(found) else None
    if role is Role.INSTANT:
        return INSTANT if kinds.is_timestamp(found) and found.tz is not None else None
    if role is Role.AMOUNT:
        numeric = kinds.is_integer(found) or kinds.is_floating(found) or kinds.is_decimal(found) or _is_text(found)
        return pa.string() if numeric else None
    if role is Role.FLAG:
        return pa.bool_() if kinds.is_boolean(found) or kinds.is_integer(found) else None
    return _simple(found)


def _simple(found: pa.DataType) -> pa.DataType | None:
    kinds = pa.types
    if kinds.is_timestamp(found):
        return pa.timestamp("us", "UTC" if found.tz is not None else None)
    if kinds.is_integer(found):
        return pa.int64()
    if kinds.is_floating(found):
        return pa.float64()
    if _is_text(found) or kinds.is_null(found):
        return pa.string()
    return found if kinds.is_boolean(found) or kinds.is_decimal128(found) or kinds.is_date32(found) else None


def _is_text(found: pa.DataType) -> bool:
    return bool(pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found))


def _in_words(found: pa.DataType) -> str:
    return "a timestamp without a time zone" if pa.types.is_timestamp(found) and found.tz is None else f"of type {found}"


def _advice(role: Role, found: pa.DataType) -> str:
    """What an adopter of pandas most often has to do."""
    if role is Role.KEY and pa.types.is_floating(found):
        return " (pandas makes floats of integers with gaps: write the column as 'Int64')"
    if role is Role.INSTANT and pa.types.is_timestamp(found):
        return " (say which zone the times are in before writing the file: tz_localize in pandas)"
    return ""


def _flags(values: pa.Array) -> pa.Array:
    """Booleans from booleans, from 0 and 1, or from the words of a CSV."""
    if pa.types.is_boolean(values.type):
        return values
    words = pc.utf8_lower(values.cast(pa.string()))
    is_true = pc.is_in(words, TRUE_WORDS)
    _refuse_any(pc.and_(pc.is_valid(words), pc.invert(pc.or_(is_true, pc.is_in(words, FALSE_WORDS)))), "true, false, 1 and 0 are right")
    return pc.if_else(pc.is_valid(words), is_true, None)


def amount_texts(values: pa.Array, minor_units: int) -> pa.Array:
    """Amounts as decimal texts that lose nothing; `NaN` stays, for the night to reject with its reason.

    Raises `ValueError` where an amount is infinite, has more decimals than the currency, or more digits than the column.

    >>> amount_texts(pa.array([12.3, float("nan"), None, -0.05]), 2).to_pylist()
    ['12.30', 'NaN', None, '-0.05']
    """
    if _is_text(values.type):
        return _checked_texts(values.cast(pa.string()), minor_units)
    if pa.types.is_floating(values.type):
        return _float_texts(values, minor_units)
    return _decimal_texts(values, minor_units)


def _checked_texts(texts: pa.Array, minor_units: int) -> pa.Array:
    nan = pc.equal(pc.utf8_lower(texts), "nan")
    plain = pc.match_substring_regex(texts, rf"^-?\d{{1,{AMOUNT_DIGITS - minor_units}}}(\.\d{{0,{minor_units}}}0*)?$")
    _refuse_any(pc.invert(pc.or_(nan, plain)), f"a plain decimal number such as 12.34 with at most {minor_units} decimals is right")
    return pc.if_else(nan, "NaN", texts)


def _float_texts(values: pa.Array, minor_units: int) -> pa.Array:
    """Floats stand for the nearest decimal of the currency, where one lies within the accuracy of the float."""
    nan = pc.is_nan(values)
    numbers = pc.if_else(pc.fill_null(nan, True), 0.0, values).to_numpy(zero_copy_only=False).astype(np.float64)
    _refuse_any(pa.array(np.isinf(numbers)), "an infinite amount cannot be stored")
    _refuse_any(pa.array(np.abs(numbers) >= 10.0 ** (15 - minor_units)), "a float of that size is not exact: use a decimal type")
    minor = np.rint(numbers * 10.0**minor_units)
    inexact = np.abs(minor / 10.0**minor_units - numbers) > 4 * np.finfo(values.type.to_pandas_dtype()).eps * np.maximum(1, np.abs(numbers))
    _refuse_any(pa.array(inexact), f"minor_units = {minor_units} allows no more decimals than that")
    texts = pc.multiply(pa.array(minor.astype(np.int64)).cast(pa.decimal128(19, 0)), _minor_unit(minor_units)).cast(pa.string())
    return pc.if_else(nan, "NaN", pc.if_else(pc.is_valid(values), texts, None))


def _decimal_texts(values: pa.Array, minor_units: int) -> pa.Array:
    try:
        return values.cast(pa.decimal128(38, minor_units)).cast(pa.decimal128(AMOUNT_DIGITS, minor_units)).cast(pa.string())
    except pa.ArrowInvalid:
        raise ValueError(f"numeric({AMOUNT_DIGITS}, {minor_units}) cannot hold it, see minor_units in the settings") from None


def _minor_unit(minor_units: int) -> pa.Scalar:
    return pa.scalar(Decimal(1).scaleb(-minor_units), pa.decimal128(7, minor_units))


def _refuse_any(wrong: pa.Array, reason: str) -> None:
    count = pc.sum(wrong).as_py() or 0
    if count:
        raise ValueError(f"{count} of {len(wrong)} rows, {reason}")
