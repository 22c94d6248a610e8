// The shape of a page in the API document.
import type { Type } from '@nestjs/common';
import { ApiProperty, PartialType } from '@nestjs/swagger';
import type { Page } from './page.js';

/** A page of `Dto`. Items have all members, or those that `fields` names. */
export function PageOf<T extends object>(Dto: Type<T>): Type<Page<Partial<T>>> {
  const name = Dto.name.replace(/Dto$/, '');
  const Item = named(
    `${name}ItemDto`,
    class extends PartialType(Dto as Type<object>, { skipNullProperties: false }) {},
  );
  class PageDto implements Page<Partial<T>> {
    @ApiProperty({ type: [Item] }) data: Partial<T>[];
    @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
    @ApiProperty({
      type: 'integer',
      minimum: 0,
      required: false,
      description: 'With `count=true`: how many there are in all.',
    })
    total?: number;
  }
  return named(`${name}PageDto`, PageDto);
}

function named<C extends Type>(name: string, type: C): C {
  return Object.defineProperty(type, 'name', { value: name });
}
