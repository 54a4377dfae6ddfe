-- The shop's order lines as Nightshift's source contract.
-- Grain: shop.sale, one row a sold line (returns and gifts are no sales); shop.sale_label, one row a sold line that came back.
-- Lines that the till exported twice come out twice with the same id; the night collapses them.
-- Parameters: none. Late: nothing that we could know of, since the till does not record when a line reached the warehouse.

-- A night asks for a day of instants; these let it read a day of lines.
CREATE INDEX IF NOT EXISTS order_line_sold_at ON shop.order_line (("InvoiceDate" AT TIME ZONE 'Europe/London'));
CREATE INDEX IF NOT EXISTS order_line_returned_at ON shop.order_line ((reversal_ts AT TIME ZONE 'Europe/London')) WHERE reversed = 1;

CREATE OR REPLACE VIEW shop.line AS
SELECT
    -- The till numbers its exports, not its lines: the key is the minute, and a digest of everything that is on the line.
    to_char("InvoiceDate", 'YYYYMMDD-HH24MI-')
        || left(md5(concat_ws('|', "CustomerID", "Description", "Quantity", "UnitPrice", "Country")), 12) AS line_key,
    "InvoiceDate" AT TIME ZONE 'Europe/London' AS sold_at,
    reversal_ts AT TIME ZONE 'Europe/London' AS returned_at,
    round(("Quantity" * "UnitPrice")::numeric, 2) AS amount,
    "CustomerID"::bigint AS customer_id,
    "Description" AS product,
    "Quantity" AS quantity,
    "UnitPrice" AS unit_price,
    reversed = 1 AS is_returned
FROM shop.order_line;

CREATE OR REPLACE VIEW shop.sale AS
SELECT
    line_key,
    sold_at,
    amount,
    customer_id,
    product
FROM shop.line
WHERE quantity > 0 AND unit_price > 0;

CREATE OR REPLACE VIEW shop.sale_label AS
SELECT
    line_key,
    true AS is_returned,
    returned_at
FROM shop.line
WHERE quantity > 0 AND unit_price > 0 AND is_returned;
