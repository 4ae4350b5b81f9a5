/** Guilty: the honest warehouse with a printer that gives each slip out twice. */
import postgres from 'postgres';

await import('../orders/services/warehouse.ts');

const sql = postgres(process.env.DATABASE_URL ?? '', { max: 1, onnotice: () => undefined });
await sql.unsafe(`
  create or replace function warehouse.print_again() returns trigger language plpgsql as $$
  begin
    insert into warehouse.slips (event_nr, what, order_number) values (new.event_nr, new.what, new.order_number);
    return null;
  end $$;
  create or replace trigger print_again after insert on warehouse.slips
    for each row when (pg_trigger_depth() = 0) execute function warehouse.print_again()`);
await sql.end();
