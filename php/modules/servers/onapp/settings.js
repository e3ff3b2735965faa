// The packed fields of OnApp's product settings, taken apart: beside the text that is stored stand its parts, with lists of
// the control panel and of WHMCS. The text stays, and whatever is entered there counts; without this script it is all there is.
(function () {
  'use strict';

  // By slot, which is a field's name in the form. `many`: several of a list, or one. `number`: typed where there is no list;
  // stored also while it is empty.
  const packed = {
    2: { parts: [{ label: 'Templates', list: 'templates', many: true }], plain: true },
    9: { parts: [{ label: 'GB', number: true }, { label: 'Data store zone', list: 'data_store_zones', none: 'Any' }] },
    10: { parts: [{ label: 'Build automatically', flag: true }, { label: 'Back up automatically', flag: true }] },
    11: { parts: [{ label: 'GB', number: true }, { label: 'Data store zone', list: 'data_store_zones', none: 'Any' }] },
    21: {
      json: true,
      parts: [
        { name: 'role_ids', label: 'Roles', list: 'roles', many: true, numbers: true },
        { name: 'user_group', label: 'User group', list: 'user_groups', none: 'None', numbers: true },
        { name: 'time_zone', label: 'Time zone', list: 'time_zones', none: 'The panel\'s own' },
        { name: 'billing_plan', label: 'Billing plan or bucket', list: 'billing_plans', none: 'As before' },
      ],
    },
    23: {
      json: true,
      parts: [
        { name: 'sec_network_id', label: 'Network', list: 'secondary_networks', none: 'No second network' },
        { name: 'sec_net_ips', label: 'Included addresses', number: true },
        { name: 'sec_net_port_speed', label: 'Port speed, Mbit/s', number: true },
        { name: 'sec_net_configurable_option_id', label: 'Option that adds addresses', list: 'options', none: 'None', number: true },
      ],
    },
  };

  const field = (slot) => document.querySelector(`[name="packageconfigoption[${slot}]"]`);
  const lists = {};

  // One question for each list and state of the form that it depends on.
  function ask(list) {
    const sent = new URLSearchParams({ list });
    for (let slot = 1; slot <= 24; slot++) sent.append(`options[${slot}]`, field(slot) ? field(slot).value : '');
    const group = document.querySelector('[name="servergroup"]');
    sent.append('group', group ? group.value : '');
    sent.append('id', new URLSearchParams(window.location.search).get('id') || '');
    const asked = [list, field(1), field(4), group].map((one) => (one && one.value) || one).join(' ');
    lists[asked] = lists[asked] || fetch('../modules/servers/onapp/lists.php', { method: 'POST', body: sent })
      .then((answer) => answer.json())
      .catch(() => ({ choices: [], notice: 'The lists could not be loaded; enter ids.' }));
    return lists[asked];
  }

  // The stored text as the values of its parts; null where it is no such text.
  function read(text, kind) {
    if (kind.plain) return [text.split(',').map((id) => id.trim()).filter(Boolean)];
    if (!kind.json) return kind.parts.map((_, i) => [(text.split(',')[i] || '').trim()]);
    try {
      const stored = JSON.parse(text || '{}');
      return kind.parts.map((part) => [stored[part.name] ?? ''].flat().map(String));
    } catch (e) {
      return null;
    }
  }

  // The text of the values. What the text has beside the parts is kept.
  function written(values, text, kind) {
    if (kind.plain) return values[0].join(',');
    if (!kind.json) {
      const rest = text.split(',').slice(kind.parts.length);
      const all = [...values.map((value) => value[0]), ...rest];
      const flags = kind.parts.every((part) => part.flag);
      while (!flags && all.length > 1 && all[all.length - 1] === '') all.pop();
      return all.join(',');
    }
    const stored = JSON.parse(text || '{}');
    kind.parts.forEach((part, i) => {
      const numbers = values[i].map((value) => (part.numbers && /^\d+$/.test(value) ? Number(value) : value));
      if (!part.many && numbers[0] === '' && !part.number && stored[part.name] !== '') delete stored[part.name];
      else stored[part.name] = part.many ? numbers : numbers[0];
    });
    return JSON.stringify(stored);
  }

  function element(name, properties, ...inside) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inside);
    return made;
  }

  const selected = (select) => [...select.selectedOptions].map((option) => option.value);

  // A list's options: those of the panel, and what is chosen in any case.
  function offer(select, part, choices, chosen) {
    const known = new Set(choices.map((choice) => choice.value));
    const options = choices.map((choice) => [choice.value, choice.label]);
    // An empty value and 0 both mean none, and stay what they are.
    const none = chosen.includes('0') ? '0' : '';
    if (part.none) {
      options.unshift([none, part.none]);
      known.add(none);
    }
    for (const value of chosen) if (value && !known.has(value)) options.push([value, `${value} (as stored)`]);
    select.replaceChildren(...options.map(([value, label]) => element('option', {
      value, textContent: label, selected: chosen.includes(value),
    })));
  }

  // What is stored is chosen before the panel has answered, and what was chosen meanwhile stays.
  async function fill(select, part, chosen) {
    offer(select, part, [], chosen);
    const answer = await ask(part.list);
    offer(select, part, answer.choices, selected(select));
    select.nextSibling.textContent = answer.notice;
  }

  function open(slot, kind) {
    const text = field(slot);
    if (!text || text.type !== 'text' || text.dataset.opened) return;
    text.dataset.opened = 'yes';
    const box = element('div', { className: 'provisor-packed' });
    const note = element('div', { role: 'status' });
    const inputs = kind.parts.map((part) => {
      const id = `provisor-${slot}-${part.name || part.label.replace(/\W+/g, '-')}`;
      const input = part.list ? element('select', { id, multiple: Boolean(part.many) })
        : element('input', { id, type: part.flag ? 'checkbox' : 'number', min: '0' });
      const label = element('label', { htmlFor: id, textContent: part.label });
      Object.assign(label.style, { display: 'inline-block', width: '16em', fontWeight: 'normal', verticalAlign: 'top' });
      box.append(element('div', {}, label, input, element('small', { role: 'status' })));
      return input;
    });
    const value = (input, part) => {
      if (part.flag) return [input.checked ? 'on' : '0'];
      return part.list ? selected(input) : [input.value];
    };
    const show = () => {
      const values = read(text.value, kind);
      note.textContent = values ? '' : 'The stored text cannot be taken apart; correct it here.';
      inputs.forEach((input, i) => {
        const part = kind.parts[i];
        input.disabled = !values;
        if (!values) return;
        if (part.flag) input.checked = values[i][0] === 'on';
        else if (part.list) fill(input, part, part.none && !kind.json && values[i][0] === '0' ? [''] : values[i]);
        else input.value = values[i][0];
      });
    };
    inputs.forEach((input) => input.addEventListener('change', () => {
      const values = inputs.map((one, i) => value(one, kind.parts[i]));
      text.value = written(values.map((one) => (one.length ? one : [''])).map((one, i) =>
        (kind.parts[i].many ? one.filter(Boolean) : one)), text.value, kind);
    }));
    text.addEventListener('change', show);
    text.after(box, note);
    show();
    // Networks follow the zone and the hypervisor that are chosen.
    if (slot === 23 && field(4)) field(4).addEventListener('change', show);
  }

  for (const [slot, kind] of Object.entries(packed)) open(Number(slot), kind);
})();
